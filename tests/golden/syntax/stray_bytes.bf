database pypi;
check ‘text’ as SELECT 1;
param a & b;
param € String;
param  String;
#x
