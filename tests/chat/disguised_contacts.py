"""Ways in which people give themselves away, seen or thought of; the writer is Пётр Кузнецов, @petya_k90."""

from chat.anonymity import Clue

ACCOUNTS = """
@petya_k
мой @ petya_k
＠petya_k
@\u200bpetya_k
@ p e t y a
@.petya
пиши @petya_k90 :)
petya_k90
petya k90
PETYA_K90
Petya-K90
p e t y a _ k 9 0
p.e.t.y.a.k.9.0
p-e-t-y-a-k-9-0
реtya_k90
ник petya_k90 в тг
тг: petya_k
тг petya_k
телега - vasya.p
тг vasya
напиши в тг vasiliy
мой телеграм Vasiliy
телеграмм: vasiliy.pp
инста petya_k
инста petya.k
инстаграм: annasmith
моя инста annasmith
найди меня в инсте annasmith
в инсте я anna1990
в инсте ищи под ником anna_smith
вк petya_k
найди в вк vasya1990
вк вася1990
тг петя_к
тг - петя_кузя
ватсап annasmith
скайп live_petya
скайп petya.petrov
дискорд petya#1234
petya#1234
добавь petya_kuz
ник annasmith
мой нік annasmith
моя інста annasmith
у телеграмі я annasmith
пошта annasmith
insta: annasmith
my insta is annasmith
my insta is anna_smith
ig annasmith99
tg: annasmith
snap: anna.smith
telegram = annasmith
find me on telegram, anna_smith
my username is annasmith
my discord annasmith2000
add anna_smith_99 there
annasmith1990
собака annasmith
инста a n n a s m i t h
тг a.n.n.a.s.m.i.t.h
тг м и р а 7 7
тг м и р а 77
мой ник м и р а 1990!
@ м и р а 7 7
м и р а 7 7 в тг
m i r a 7 7 is my insta
найди м-и-р-а-7-7 в инсте
мой тг аnnasmith
𝓅𝑒𝓉𝓎𝒶_𝓀𝟫𝟢
ｐｅｔｙａ＿ｋ９０
""".strip().splitlines()

PHONES = """
+380 50 123 45 67
+7 (912) 345-67-89
+7 912 01-02-20 45
8 912 345 67 89
89123456789
8-912-345-67-89
8.912.345.67.89
912 345 67 89
0501234567
050 123 45 67
050-123-45-67
0 5 0 1 2 3 4 5 6 7
0*50*123*45*67
(050)1234567
38 067 123 45 67
380671234567
+4915123456789
212-555-0123
123-45-67
О5О 123 45 67
8-9I2-З45-67-89
０５０１２３４５６７
0️⃣5️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣
050\u200d123\u200b4567
позвони 555 123
тел. 23 45 67
плюс семь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять
восемь девятьсот двенадцать три четыре пять шесть семь восемь девять
восемь 912 триста сорок пять 67 восемьдесят девять
ноль пятьдесят сто двадцать три сорок пять шестьдесят семь
нуль п'ятдесят сто двадцять три сорок п'ять шістдесят сім
ноль пять ноль один два три четыре пять шесть семь
нуль шість сім два один чотири п'ять шість сім вісім
ноль девять 3 один два 4 пять 6 семь 8
0 девять 3 один 2 4 5 6 7 8
8 9 1 два 5 3 4 7 6 7 8
nine one two three four five six seven eight zero
oh seven nine one one two three four five six seven
4276 3800 1234 5678
""".strip().splitlines()

EMAILS = """
petya@gmail.com
petya @ gmail . com
petya(at)gmail.com
petya [at] gmail [dot] com
petya at gmail dot com
petya at gmail com
имя собака гмейл точка ком
петя собака яндекс точка ру
петя собака яндекс ру
петя собачка мейл ру
petya собака gmail.com
петя равлик укр точка нет
петя песик гмейл крапка ком
petya (собака) mail (точка) ru
петя эт гмейл точка ком
p e t y a @ g m a i l . c o m
petya@gmаil.соm
ｐｅｔｙａ＠ｇｍａｉｌ．ｃｏｍ
""".strip().splitlines()

LINKS = """
https://example.com/petya
(example.com)
example.com/(petya)
["example.com"]
http : // example.com
hxxps://example.com
example.com
example . com
example .com
example[.]com
example(.)com
example(dot)com
example dot com
example точка ком
пример точка рф
сайт пример.рф
t.me/petya
t . me / petya
t.me/joinchat/abc
т.ме/петя
т . ме / петя
t me/petya
tme/petya
t.mе/petya
т точка ме слеш петя
t dot me slash petya
вк точка ком слэш петя
vk com/petya
вк ком петя
vk.com/id12345678
id12345678
инстаграм точка ком
www мойсайт
wa.me/79123456789
e x a m p l e . c o m
telegram.me/petya
linktr.ee/petya
example\u2060.com
example крапка ком
пример крапка юа
petya.by
tg://resolve?domain=petya
""".strip().splitlines()

NAMES = """
Пётр Кузнецов
я Петр Кузнецов
кузнецов пётр
меня зовут ПЁТР КУЗНЕЦОВ, найди меня
Пётр_Кузнецов
П ё т р К у з н е ц о в
Petr Kuznetsov
Pyotr Kuznetsov
kuznetsov piotr
я Petr_Kuznetsov
Петру Кузнецову
Кузнецова Петра все знают
с Петром Кузнецовым
Petru Kuznetsovu
П е т р у К у з н е ц о в у
""".strip().splitlines()

DISGUISED_CONTACTS = tuple(
    (text, clue)
    for texts, clue in (
        (ACCOUNTS, Clue.ACCOUNT),
        (PHONES, Clue.PHONE),
        (EMAILS, Clue.EMAIL),
        (LINKS, Clue.LINK),
        (NAMES, Clue.NAME),
    )
    for text in texts
)
