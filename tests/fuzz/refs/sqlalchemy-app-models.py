
from sqlalchemy import Column, ForeignKey, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    nick: Mapped[str] = mapped_column("nick_name", String)  # certain
    posts = relationship("Post", back_populates="author")


class Post(Base):
    __tablename__ = "posts"
    id = Column(primary_key=True)
    nick = Column(String)
    author_id = Column(ForeignKey("users.id"))
    author_nick = Column(ForeignKey("users.nick_name"))  # certain
    author = relationship("User", back_populates="posts")


people = Table("people", MetaData(), Column("nick", String))
