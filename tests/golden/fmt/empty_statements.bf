;; ; -- first
;
database x;;
;
secret a from env A;; secret bcd from env B; ; -- behind
param p String; ;/* c */ ; param q String

;;
-- last
;
