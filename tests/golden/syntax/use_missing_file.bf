use './no_such_file.bf';
use '';
use '.';
