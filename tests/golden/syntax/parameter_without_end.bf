source s as SELECT * FROM url({address:String);
-- reading goes on
databas x;
