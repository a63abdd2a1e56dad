
from sqlalchemy import select, text, update
from app.models import Post, User, people


def work(session):
    session.query(User).filter(User.nick == "x").order_by(User.nick.desc())  # certain
    session.query(User).filter_by(nick="x")  # certain
    user = session.get(User, 1)
    user.nick = "x"  # certain
    for one in session.scalars(select(User).where(User.id > 1)):
        print(one.nick)  # certain
    post = session.query(Post).first()
    print(post.nick, post.author.nick)  # certain
    session.execute(update(User).values(nick="y"))  # certain
    session.add(User(nick="z"))  # certain
    session.execute(text("SELECT nick_name FROM users"))  # certain
    print(people.c.nick, Post.nick)
    return session.thing().nick  # likely
