#pragma once

#include <string_view>

/// Whole job files for the tests: two after real data, and one that uses nearly everything.
namespace ordermill::tests {

inline constexpr std::string_view electronics = R"(# electronics
[input]
files = Sales_*_2019.csv
repeated_header = drop
blank = drop
[split.address]
from = "Purchase Address"
pattern = ^(?P<street>.+), (?P<city>[^,]+), (?P<state>[A-Z]{2}) (?P<zip>\d{5})$
else = flag
[fields]
order_id = code "Order ID" | required | pattern \d{6}
product = text "Product" | required | collapse
quantity = integer "Quantity Ordered" | required | min 1
price = decimal "Price Each" | required | scale 2 | min 0
total = decimal := quantity * price
ordered_at = timestamp "Order Date" | required | format "%m/%d/%y %H:%M"
street = text @street
city = text @city
state = code @state
zip = text @zip
[duplicates.exact]
key = all
[order]
id = order_id
same = ordered_at, street, zip | flag
)";

inline constexpr std::string_view cafe = R"([input]
missing = "" ERROR UNKNOWN
[lookup.menu]
file = menu.csv
key = item
columns = price:decimal
[fields]
id = code "Transaction ID" | required | pattern TXN_\d{7}
item = enum "Item" | values lookup menu
quantity = integer "Quantity" | required | min 1
price = decimal "Price Per Unit" | required | scale 2
total = decimal "Total Spent" | required | scale 2
payment = enum "Payment Method" | values "Cash,Credit Card,Digital Wallet"
date = date "Transaction Date" | format "%Y-%m-%d"
[repair]
1 = price := menu.price(item)
2 = price := total / quantity when exact
3 = quantity := total / price when exact
4 = total := quantity * price
[rules]
sum = total = quantity * price
[duplicates.id]
key = id
)";

inline constexpr std::string_view everything = R"(max_rejects = 0.07%
[input]
files = data/*.csv, "more data/#1.csv" extra.csv
delimiter = "|"
quote = "'"
escape = backslash
quotes = lenient
comment = "#"
preamble_lines = 2
footer_lines = 1
header = no
header_any_case = yes
names = Order ID, "a, b", C
encoding = cp437
line_end = crlf
repeated_header = reject
after_broken = flag
max_field = 3MiB
blank = keep
missing = NULL "N/A"
missing_any_case = yes
max_record = 64KiB
[input.germany]
files = de/*.csv
encoding = Windows-1252
delimiter = ;
[fields]
invoice = code "Invoice" or "InvoiceNo" | required | upper | pattern "C?[0-9]{6} | x" | length 7
who = text := coalesce(email, phone) | hidden | nfc | title
note = text #3 | optional | untrimmed | replace "\\s+" " " | replace - "" | min_length 1 | max_length 9 | not "a, b", "", c
amount = decimal "Amount" | decimal_comma | thousands . | currency | parentheses | trailing_minus | scale 2 | round half_even
count = integer | allow_zero_fraction | default 1 | max 100 | not 0, -1 | else default flag
ratio = decimal := amount / count when exact | scale 4 | else blank flag
day = date | formats "%Y-%m-%d" "%d.%m.%Y" | pivot 30 | min 2010-01-01 | else blank
paid = boolean | true ja, "oui, oui" | false nein
place = enum | missing "" | values "Smith, John", | alias EIRE -> Ireland | aliases "A -> B" -> "C, D" | any_case | else keep
zone = map "COUNTRY" | file countries.csv | else keep flag
email = email | lower | strip_suffix "\".invalid" | else blank flag
phone = phone | country_from zone | format e164 | else flag
fax = phone | country DE
rest = * | names snake
[fields.germany]
day = date "Tag" | format "%d.%m.%Y"
[lookup.menu]
file = "menu list.csv"
key = item, size:integer "Item Size"
columns = price:decimal "Unit Price", since:date
missing = "" NULL
delimiter = tab
[repair]
first = amount := count * 2
second = amount := count * ratio when exact when missing
third = count := 1 when missing
[rules]
sum = contains(note, "a | b # c") or (amount = 1) | reject
late = day >= '2011-01-01' | flag
[drop.totals]
when = note = "Total # 1"
[duplicates.exact]
key = all
[duplicates.sale]
key = who, day
keep = most_complete(email, phone), newest(day), largest(amount), last, first
missing_equal = no
[order]
id = invoice
same = day, place | flag
contact.same = email phone
unique = note
total.sum = amount equals ratio within 0.01
lines = 1..100
cancels = who | flag
rejected_line = reject
[output]
delimiter = tab
quoting = all
formulas = quote
missing = "N A"
clean = sold.csv
rejects = bad.csv
duplicates = twice.csv
provenance = line as "source, line", file as source_file
flags = always
)";

} // namespace ordermill::tests
