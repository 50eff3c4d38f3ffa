param path String;
source s from url({path:String}, {format:String}, {path:UInt8});
