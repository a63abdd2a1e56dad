-- Written by hand: Prisma would drop the column and add a new one.
ALTER TABLE "User" RENAME COLUMN "name" TO "fullName";

-- CreateIndex
CREATE INDEX "Order_status_placedAt_idx" ON "Order"("status", "placedAt");
