// An empty dynalite on a free port of this machine alone; prints the port when it listens.
const server = require("dynalite")({ createTableMs: 0 });

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
// It lives as long as whoever started it keeps our standard input open.
process.stdin.resume().on("end", () => process.exit());
