#!/usr/bin/env python3
"""usage: make_orders.py wide|quoted RECORDS FILE

Writes dirty orders for the second and third job of the measurements: `wide` has the 25 columns of the "sales data
sample", mostly texts; `quoted` has quotes around every field, doubled quotes and line breaks inside. The same arguments
give the same bytes everywhere. About 1 % of the records are written twice, about 1 % are faulty. Some 2 us a record:
a record is put together from parts that are made once.
"""
import random
import sys

SEED = 7
BATCH = 50_000
DEALS = 3_000
CUSTOMERS = 2_000
REPEATED = 0.01

FIRST_NAMES = ["Kwai", "Paul", "Daniel", "Julie", "María", "Jürgen", "Zoë", "Frédérique", "Anne-Marie", "Søren"]
LAST_NAMES = ["Yu", "Henriot", "Da Cunha", "Young", "Freyre", "Keitel", "Ibsen", "Citeaux", "O'Hara", "Labrune"]
SHOPS = ["Land of Toys Inc.", "Reims Collectables", "Lyon  Souveniers", "Toys4GrownUps.com", "Corporate Gift Ideas Co.",
         "Technics Stores Inc.", "Daedalus Designs Imports", "Herkku Gifts ", "Mini Wheels Co.", "Auto Canal & Petit",
         "La Corne D'abondance, Co.", "Volvo Model Replicas, Co", "Saveley & Henriot, Co."]
STREETS = ["Long Airport Avenue", "rue de l'Abbaye", "rue du Colonel Pierre Avia", "Hillside Dr.", "Furth Circle",
           "Baker Street,  Building C", "Drammensveien  Business Park", "boulevard Charonne", "Calle de la Princesa"]
# City, state, postal code, country, territory, a phone number as it is written there.
PLACES = [
    ("NYC", "NY", "10022", "USA", "NA", "2125557818"),
    ("Pasadena", "CA", "90003", "USA", "NA", "(626) 555-7265"),
    ("Reims", "", "51100", "France", "EMEA", "26.47.1555"),
    ("Paris", "", "75508", "France", "EMEA", "+33 1 46 62 7555"),
    ("Madrid", "", "28034", "Spain", "EMEA", "(91) 555 94 44"),
    ("Münster", "", "44087", "Germany", "EMEA", "0251-555259"),
    ("Bergen", "", "N 5804", "Norway", "EMEA", "+47 2212 1555"),
    ("Melbourne", "Victoria", "3004", "Australia", "APAC", "03 9520 4555"),
    ("Minato-ku", "Tokyo", "106-0032", "Japan", "Japan", "+81 3 3584 0555"),
]
LINES = ["Motorcycles", "Classic Cars", "Trucks and Buses", "Vintage Cars", "Planes", "Ships", "Trains"]
STATUSES = ["Shipped"] * 8 + ["Cancelled", "Resolved", "On Hold", "In Process", "Disputed"]

WIDE_COLUMNS = ("ORDERNUMBER,QUANTITYORDERED,PRICEEACH,ORDERLINENUMBER,SALES,ORDERDATE,STATUS,QTR_ID,MONTH_ID,"
                "YEAR_ID,PRODUCTLINE,MSRP,PRODUCTCODE,CUSTOMERNAME,PHONE,ADDRESSLINE1,ADDRESSLINE2,CITY,STATE,"
                "POSTALCODE,COUNTRY,TERRITORY,CONTACTLASTNAME,CONTACTFIRSTNAME,DEALSIZE")
QUOTED_COLUMNS = "order_id,line,ordered_at,item,quantity,price,total,customer,email,address,note"
ITEMS = ["Mug \"\"Big Ben\"\"", "Tea towel, blue", "19\"\" frame", "Lantern", "T-light holder, \"\"heart\"\"", "Doormat"]
NOTES = ["", "please ring twice", "he said \"\"leave it at the door\"\", so do", "gift:\n\"\"with love\"\",\nwrapped",
         "call first, then deliver", "behind the house\nby the gate", "fragile", "no \"\"plastic\"\", thanks"]


class Dice:
    """Random choices that are the same in every version of Python: only random() is promised to be."""

    def __init__(self):
        self.random = random.Random(SEED).random

    def below(self, limit):
        return int(self.random() * limit)

    def pick(self, items):
        return items[self.below(len(items))]


def field(text):
    return '"' + text.replace('"', '""') + '"' if any(byte in text for byte in ',"\n') else text


def wide_parts(dice):
    """What stands before the line number, between it and the customer, and from the customer on."""
    heads, deals, customers = [], [], []
    for _ in range(DEALS):
        quantity, cents = 20 + dice.below(30), 2_500 + dice.below(12_000)
        month, day, year = 1 + dice.below(12), 1 + dice.below(28), 2003 + dice.below(3)
        price = f"{cents // 100}.{cents % 100:02}"
        sales = quantity * cents
        fault = dice.random()
        date = f"{month + 12 if fault < 0.005 else month}/{day}/{year % 100:02} 0:00"
        heads.append(f"{'n/a' if 0.005 <= fault < 0.01 else quantity},{price}")
        deals.append(f"{sales // 100}.{sales % 100:02},{date},{dice.pick(STATUSES)},{(month + 2) // 3},{month},{year},"
                     f"{dice.pick(LINES)},{cents // 100 + 9},S{10 + dice.below(690)}_{1000 + dice.below(4000)}")
    for _ in range(CUSTOMERS):
        city, state, postal_code, country, territory, phone = dice.pick(PLACES)
        street = f"{1 + dice.below(9_000)} {dice.pick(STREETS)}"
        floor = f"Level {1 + dice.below(20)}" if dice.random() < 0.1 else ""
        customers.append(",".join(map(field, [
            dice.pick(SHOPS), phone, street, floor, city, state, postal_code, country, territory,
            dice.pick(LAST_NAMES), dice.pick(FIRST_NAMES), dice.pick(["Small", "Medium", "Large"])])))
    return heads, deals, customers


def wide_records(dice):
    heads, deals, customers = wide_parts(dice)
    number = 0
    while True:
        deal, customer = dice.below(DEALS), dice.below(CUSTOMERS)
        yield f"{10_000 + number // 8},{heads[deal]},{number % 8 + 1},{deals[deal]},{customers[customer]}\n"
        number += 1


def quoted_parts(dice):
    deals, customers = [], []
    for _ in range(DEALS):
        quantity, cents = 1 + dice.below(40), 100 + dice.below(9_000)
        fault = dice.random()
        date = f"20{10 + dice.below(10)}-{1 + dice.below(12) + (12 if fault < 0.005 else 0):02}-{1 + dice.below(28):02}"
        time = f"{dice.below(24):02}:{dice.below(60):02}:{dice.below(60):02}"
        total = quantity * cents
        deals.append(f"\"{date} {time}\",\"{dice.pick(ITEMS)}\",\"{'some' if 0.005 <= fault < 0.01 else quantity}\","
                     f"\"{cents // 100}.{cents % 100:02}\",\"{total // 100}.{total % 100:02}\"")
    for number in range(CUSTOMERS):
        first, last, place = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES), dice.pick(PLACES)
        between = "\n" if dice.random() < 0.25 else ", "
        address = f"{1 + dice.below(900)} {dice.pick(STREETS)}{between}{place[2]} {place[0]}"
        customers.append(f"\"{first} {last}\",\"Customer.{number}@Example.com\",\"{address}\",\"{dice.pick(NOTES)}\"")
    return deals, customers


def quoted_records(dice):
    deals, customers = quoted_parts(dice)
    number = 0
    while True:
        deal, customer = dice.below(DEALS), dice.below(CUSTOMERS)
        yield f"\"W-{1_000_000 + number // 3}\",\"{number % 3 + 1}\",{deals[deal]},{customers[customer]}\n"
        number += 1


KINDS = {"wide": (WIDE_COLUMNS, wide_records), "quoted": (QUOTED_COLUMNS, quoted_records)}


def make_orders(kind, records, path):
    """`records` of them, repeated ones included."""
    columns, generate = KINDS[kind]
    dice = Dice()
    fresh = generate(dice)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(columns + "\n")
        written, last = 0, ""
        while written < records:
            batch = []
            for _ in range(min(BATCH, records - written)):
                last = last if last and dice.random() < REPEATED else next(fresh)
                batch.append(last)
            file.writelines(batch)
            written += len(batch)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in KINDS:
        sys.exit(__doc__.splitlines()[0])
    make_orders(sys.argv[1], int(sys.argv[2]), sys.argv[3])
