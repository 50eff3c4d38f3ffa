param path String;
param path UInt8;
