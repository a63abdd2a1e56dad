
export const Card = ({ cat, user }) => <div title="it's">{cat.nick}{user.nick}</div>; // likely
