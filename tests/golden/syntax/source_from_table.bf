source s from db.t;
