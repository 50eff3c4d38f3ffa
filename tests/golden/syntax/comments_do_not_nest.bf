/* outer /* inner */ still outside */ database x;
