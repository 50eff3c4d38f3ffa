database pypi;
database shop