database pypi;
/* /* inner */ all the rest
   table t (a Int64) engine = Null;
/* never closed
database x;
