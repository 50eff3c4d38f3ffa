database "pypi;
