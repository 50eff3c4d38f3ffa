" Migrations of bfc. `set`, as other file types also use the suffix.
autocmd BufRead,BufNewFile *.bf set filetype=bf
