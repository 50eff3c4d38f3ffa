	check	'größer — 日本語'	when	SELECT 1;
