"""Where platforms leave the picture free."""

from media.safe_boxes import SAFE_BOXES, common
from media.timeline import SafeBox


def test_without_platforms_the_house_default_holds():
    assert common([]) == SafeBox()


def test_every_platform_with_buttons_has_a_box():
    assert set(SAFE_BOXES) == {"tiktok", "instagram", "youtube"}


def test_the_common_box_lies_inside_the_default_and_every_platforms():
    box = common(SAFE_BOXES)

    for outer in (SafeBox(), *SAFE_BOXES.values()):
        assert box.left >= outer.left
        assert box.top >= outer.top
        assert box.right <= outer.right
        assert box.bottom <= outer.bottom


def test_metas_own_rule_moves_the_bottom_up_for_instagram_only():
    assert common(["instagram"]).bottom == 1920 - round(0.35 * 1920)
    assert common(["tiktok", "youtube"]).bottom == SafeBox().bottom


def test_a_folder_and_a_platform_that_nobody_measured_add_nothing():
    assert common(["folder", "brand-new"]) == SafeBox()
