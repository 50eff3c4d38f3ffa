" Vim syntax file
" Language: bf, the migrations of bfc (a backfill compiler for ClickHouse)
" License:  Apache-2.0
"
" The lists of keywords are those of grammar/keywords.def: `python3 tests/lib/check_editors.py --write` renews them here
" and in vscode/syntaxes/bf.tmLanguage.json, `make check-editors` compares.
"
" No word of the language is reserved. So each is `contained` in a statement, a name behind a keyword is taken by
" `nextgroup` before it can be a keyword, and what is SQL (in parentheses, behind `as` and `engine`) has its own words.

if exists('b:current_syntax')
  finish
endif
let s:cpo = &cpo
set cpo&vim

" `$` is part of a word: `a$b` holds no keyword.
syntax iskeyword @,48-57,_,$
syntax case ignore

" --- statements ------------------------------------------------------------------------------

syntax region bfOther start=/[^[:space:];]/ matchgroup=bfEnd end=/;/ contains=@bfSql
syntax region bfDeclaration start=/\ze\<\%(migration\|use\|database\|param\|secret\|profile\|create\|table\|external\|materialized\|view\|ignore\|source\|check\|cluster\|dictionary\|empty\|live\|or\|populate\|refresh\|replace\|temporary\|window\)\>/ matchgroup=bfEnd end=/;/ contains=@bfLexical,@bfOwn,bfRefused,bfType,bfNumber
syntax region bfBackfill start=/\ze\<backfill\>/ matchgroup=bfEnd end=/;/ contains=@bfLexical,@bfOwn,bfCount

syntax cluster bfOwn contains=bfParens,bfSetting,bfSeparator,bfStatement,bfDeclare,bfClause,bfClauseName,bfWord,bfWordName,bfWordFrom,bfWordColumn,bfWordSql,bfWordEngine
syntax cluster bfSql contains=@bfLexical,bfParens,bfSqlWord,bfConstant,bfType,bfCount,bfFunction,bfAccess,bfOperator
syntax cluster bfLexical contains=bfComment,bfString,bfQuoted,bfHeredoc,bfParam

" --- keywords --------------------------------------------------------------------------------

syntax keyword bfStatement contained create external materialized ignore backfill check
syntax keyword bfDeclare contained nextgroup=bfName skipwhite skipempty migration use database param secret profile table view source
syntax keyword bfClause contained using split overlap settle where nulls chunk workers publish pause within keep verify throttle
syntax keyword bfClauseName contained nextgroup=bfName,bfSetting skipwhite skipempty settings
syntax keyword bfWord contained at auto command comment content default definer direct duplicate each earliest end every file files filter fine hand history if ingest is are not nothing now null_engine partition pause_and_attach resume rows security skipped sql unsafe uuid when with
syntax keyword bfWordName contained nextgroup=bfName skipwhite skipempty after detach env exists to
syntax keyword bfWordFrom contained nextgroup=bfSource,bfName skipwhite skipempty from
syntax keyword bfWordColumn contained nextgroup=bfColumn skipwhite skipempty by on
syntax keyword bfWordSql contained nextgroup=bfSqlBody skipwhite skipempty as
syntax keyword bfWordEngine contained nextgroup=bfEngineSign,bfEngine skipwhite skipempty engine
syntax keyword bfRefused contained cluster dictionary empty live or populate refresh replace temporary window
syntax keyword bfUnit contained second seconds minute minutes hour hours day days week weeks month months quarter quarters year years

" Names. `if not exists`, `from env X`, `from file 'x'` and `to '2025-01-01'` have none.
syntax match bfName contained /\%(if\_s\+not\_s\+exists\>\|env\_s\+\w\|file\_s*'\)\@!\<\h[[:alnum:]_$]*\%(\_s*\.\_s*\h[[:alnum:]_$]*\)\=/
syntax match bfSource contained /\<\h[[:alnum:]_$]*\ze\_s*(/
syntax match bfColumn contained /\<\h[[:alnum:]_$]*\ze\_s\+\%(at\|every\)\>/
syntax match bfSeparator contained /,/ nextgroup=bfSetting,bfName skipwhite skipempty
syntax match bfSetting contained /\<\h[[:alnum:]_$]*\ze\_s*=/

" --- SQL -------------------------------------------------------------------------------------

syntax region bfSqlBody contained start=/\ze\_./ end=/\ze;/ contains=@bfSql
syntax region bfParens contained start=/(/ end=/)/ end=/\ze;/ contains=@bfSql
syntax match bfEngineSign contained /=/ nextgroup=bfEngine skipwhite skipempty
syntax match bfEngine contained /\<\h[[:alnum:]_$]*/ nextgroup=bfSqlBody skipwhite skipempty

syntax keyword bfSqlWord contained alias all and anti any apply array as asc ascending asof assume between by case cast check codec collate columns comment constraint cross cube current default delete desc descending disk distinct div else end engine ephemeral escape except exists extract fetch fill filter final following format from full global granularity group grouping groups having ignore ilike in index inner interpolate intersect interval into is join key left like limit materialized mod natural not nulls offset on or order outer over partition paste preceding prewhere primary projection qualify range recompress recursive regexp replace respect right rollup row rows sample select semi set sets settings staleness statistics step then ties to totals ttl unbounded union using values volume when where window with
syntax keyword bfConstant contained null true false inf nan
syntax case match
syntax keyword bfType contained AggregateFunction Array BFloat16 Bool Date Date32 DateTime DateTime32 DateTime64 Decimal Decimal128 Decimal256 Decimal32 Decimal64 Dynamic Enum Enum16 Enum8 FixedString Float32 Float64 Geometry IPv4 IPv6 Int128 Int16 Int256 Int32 Int64 Int8 JSON LineString LowCardinality Map MultiLineString MultiPolygon Nested Nothing Nullable Point Polygon QBit Ring SimpleAggregateFunction String Time Time64 Tuple UInt128 UInt16 UInt256 UInt32 UInt64 UInt8 UUID Variant
syntax case ignore
syntax match bfFunction contained /\<\h[[:alnum:]_$]*\ze(/
" What follows a dot is a column, an element or a table, whatever its name is.
syntax match bfAccess contained /\%([[:alnum:]_$)\]`"]\_s*\)\@<=\.\_s*[[:alnum:]_$]\+/
syntax match bfOperator contained /->\|::\|||\|[!<>=]=\|<>\|<=>\|[-+*\/%<>=?:]/

" --- lexical forms: grammar/scan.l -----------------------------------------------------------

syntax match bfComment /--.*$/
syntax match bfComment /#[ !].*$/
syntax region bfComment start=/\/\*/ end=/\*\//
syntax match bfEscape contained /\\\_./
" With a `matchgroup` the quotes hold nothing: in '' there is no doubled quote.
syntax region bfString contained matchgroup=bfString start=/'/ skip=/\\\_.\|''/ end=/'/ contains=bfEscape,bfDoubled
syntax match bfDoubled contained /''/
syntax region bfQuoted contained start=/`/ skip=/\\\_.\|``/ end=/`/ contains=bfEscape
syntax region bfQuoted contained start=/"/ skip=/\\\_.\|""/ end=/"/ contains=bfEscape
syntax region bfHeredoc contained start=/[[:alnum:]_$]\@1<!\$\z(\w*\)\$/ end=/\$\z1\$/
syntax region bfParam contained start=/{\ze\_s*\h[[:alnum:]_$]*\_s*::\@!/ end=/}/ end=/\ze[;{]/ contains=bfParamString,bfType
syntax region bfParamString contained start=/'/ skip=/\\\_./ end=/'/

" 10, 1_000, 1.5e3, .5, 64Ki, 0xff, 0b101. In a backfill and in SQL a unit of time may follow.
syntax match bfNumber contained /[[:alnum:]_$.]\@1<!\%(0[xX]\x\%(_\=\x\)*\%(\.\%(\x\%(_\=\x\)*\)\=\)\=\%([pP][+-]\=\d\%(_\=\d\)*\)\=\|0[bB][01]\%(_\=[01]\)*\|\d\%(_\=\d\)*\%([KMG]i\|\.\%(\d\%(_\=\d\)*\)\=\%([eE][+-]\=\d\%(_\=\d\)*\)\=\|[eE][+-]\=\d\%(_\=\d\)*\)\=\|[)\]`\"]\@1<!\.\d\%(_\=\d\)*\%([eE][+-]\=\d\%(_\=\d\)*\)\=\)[[:alnum:]_$]\@!/
syntax match bfCount contained /[[:alnum:]_$.]\@1<!\%(0[xX]\x\%(_\=\x\)*\%(\.\%(\x\%(_\=\x\)*\)\=\)\=\%([pP][+-]\=\d\%(_\=\d\)*\)\=\|0[bB][01]\%(_\=[01]\)*\|\d\%(_\=\d\)*\%([KMG]i\|\.\%(\d\%(_\=\d\)*\)\=\%([eE][+-]\=\d\%(_\=\d\)*\)\=\|[eE][+-]\=\d\%(_\=\d\)*\)\=\|[)\]`\"]\@1<!\.\d\%(_\=\d\)*\%([eE][+-]\=\d\%(_\=\d\)*\)\=\)[[:alnum:]_$]\@!/ nextgroup=bfUnit skipwhite skipempty

syntax sync fromstart

highlight default link bfStatement Statement
highlight default link bfDeclare Statement
highlight default link bfClause Statement
highlight default link bfClauseName Statement
highlight default link bfWord Keyword
highlight default link bfWordFrom Keyword
highlight default link bfWordName Keyword
highlight default link bfWordColumn Keyword
highlight default link bfWordSql Keyword
highlight default link bfWordEngine Keyword
highlight default link bfRefused Error
highlight default link bfUnit Keyword
highlight default link bfName Identifier
highlight default link bfSource Function
highlight default link bfColumn Identifier
highlight default link bfSetting Identifier
highlight default link bfSqlWord PreProc
highlight default link bfConstant Constant
highlight default link bfType Type
highlight default link bfEngine Structure
highlight default link bfEngineSign Operator
highlight default link bfFunction Function
highlight default link bfOperator Operator
highlight default link bfComment Comment
highlight default link bfString String
highlight default link bfQuoted Identifier
highlight default link bfHeredoc String
highlight default link bfEscape SpecialChar
highlight default link bfDoubled SpecialChar
highlight default link bfParam Special
highlight default link bfParamString String
highlight default link bfNumber Number
highlight default link bfCount Number

let b:current_syntax = 'bf'
let &cpo = s:cpo
unlet s:cpo
