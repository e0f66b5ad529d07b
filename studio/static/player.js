// Lights up the line that is being spoken, and lets a click on a line's time jump to it.
// Without this file the page still plays and reads the same.
"use strict";

const player = document.getElementById("player");
const lines = [...document.querySelectorAll(".line[data-start]")];

for (const line of lines) {
  const start = Number(line.dataset.start);
  const at = line.querySelector(".at");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "at";
  button.textContent = at.textContent;
  button.setAttribute("aria-label", `Play from ${at.textContent}`);
  button.addEventListener("click", () => {
    player.currentTime = start;
    player.play();
  });
  at.replaceWith(button);
}

player.addEventListener("timeupdate", () => {
  const now = player.currentTime;
  const spoken = now > 0 ? lines.filter((line) => Number(line.dataset.start) <= now + 0.05).at(-1) : undefined;
  for (const line of lines) line.classList.toggle("spoken", line === spoken);
});
