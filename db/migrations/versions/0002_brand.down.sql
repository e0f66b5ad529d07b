alter table characters drop column brand;
