
import { integer, pgTable, text } from "drizzle-orm/pg-core";

export const users = pgTable("users", {
  id: integer("id").primaryKey(),
  nick: text("nick_name").notNull(), // certain
});
export const posts = pgTable("posts", {
  id: integer().primaryKey(),
  nick: text(),
});
