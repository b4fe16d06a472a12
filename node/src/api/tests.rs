//! Each route's answer, yes and no, in both languages; and the socket.
