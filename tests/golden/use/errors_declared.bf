-- A param twice, and one that is not declared.
use './_twice.bf' as one (path = 'x');
use './_undeclared.bf' as two (path = 'x');
