database pypi;
database `pypi;
