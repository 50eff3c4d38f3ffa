database pypi;
database;
