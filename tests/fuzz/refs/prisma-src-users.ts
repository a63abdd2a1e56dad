
import { PrismaClient, User } from "@prisma/client";

const prisma = new PrismaClient();

export async function work(name: string, nick: string) {
  const user = await prisma.user.findUnique({ where: { id: 1 }, select: { id: true, nick: true } }); // certain
  console.log(user?.nick); // certain
  const posts = await prisma.post.findMany({
    where: { nick: "x", author: { nick: "x" } }, // certain
    include: { author: { select: { nick: true } } }, // certain
  });
  console.log(posts[0].nick, posts[0].author.nick); // certain
  posts.map((post) => post.author.nick); // certain
  const users = await prisma.user.findMany({
    orderBy: [{ nick: "asc" }], // certain
    distinct: ["nick"], // certain
  });
  for (const one of users) {
    console.log(one.nick); // certain
  }
  users.filter((one) => one.nick !== ""); // certain
  await prisma.user.create({
    data: {
      nick, // certain
      posts: { create: { nick: "z" } },
    },
  });
  await db.selectFrom("users").where("users.nick_name", "=", 1); // certain
  await prisma.$queryRaw`SELECT nick_name FROM users WHERE id = ${user.id}`; // certain
  const { nick: other, id } = user; // certain
  const elsewhere = { nick: 1 };
  return foo().nick; // likely
}

export const show = (user: User) => user.nick; // certain
