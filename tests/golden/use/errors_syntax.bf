-- A library's own mistakes, seen from two places.
use './_syntax.bf' as one;
use './_syntax.bf' as two;
