
import { eq, sql } from "drizzle-orm";
import { db } from "./db";
import * as schema from "./schema";
import { posts, users } from "./schema";

export async function work() {
  await db.select({ a: users.nick }).from(users).where(eq(users.nick, "x")); // certain
  await db.select({ a: posts.nick }).from(posts);
  await db.insert(users).values({ id: 1, nick: "x" }); // certain
  await db.insert(posts).values({ id: 1, nick: "x" });
  await db.update(users).set({ nick: "y" }).where(eq(users.id, 1)); // certain
  const one = await db.query.users.findFirst({ columns: { nick: true } }); // certain
  console.log(one.nick); // certain
  console.log(schema.users.nick); // certain
  const rows = await db.select().from(users).where(eq(users.id, 1));
  console.log(rows[0].nick, rows.map((row) => row.nick)); // certain
  const [first] = await db.select().from(users);
  console.log(first.nick, elsewhere().nick); // certain
  console.log(user.nick, newUser.nick, post.nick); // likely
  await db.execute(sql`SELECT nick_name FROM users`); // certain
}
