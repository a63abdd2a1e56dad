
from django.db import connection

with connection.cursor() as cursor:
    cursor.execute("SELECT u.nick_name FROM shop_user u JOIN shop_order o ON o.user_id = u.id")  # certain
    cursor.execute("SELECT o.nick_name FROM shop_user u JOIN shop_order o ON o.user_id = u.id")
    cursor.execute(f"UPDATE shop_user SET nick_name = %s WHERE id = {4}")  # certain
    cursor.execute("SELECT nick_name FROM shop_user, shop_order")  # likely
    cursor.execute("SELECT nick_name FROM other")
    print("Update the nick_name of a shop_user")
