-- A column adds up to the same in two tables, such as the orders and their totals per day:
--
--     use std.checks.same_sum as no_cent_lost (
--         table = orders_per_day, column = total, other = orders, other_column = amount);
--
-- Floating point numbers add up differently in every order of the rows: this is for integers and decimals.

param table Identifier;
param column Identifier;
param other Identifier;
param other_column Identifier;

check 'the sums of both columns are equal' as
SELECT a = b, format('{} and {}', toString(a), toString(b))
FROM
(
    SELECT (SELECT sum({column:Identifier}) FROM {table:Identifier}) AS a,
           (SELECT sum({other_column:Identifier}) FROM {other:Identifier}) AS b
);
