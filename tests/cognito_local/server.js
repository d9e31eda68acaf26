// cognito-local on a free port of this machine alone; prints the port when it listens. Its first
// argument is a folder of its own, with its configuration and where it keeps users.
process.env.PORT = "0";
process.env.HOST = "127.0.0.1";
process.chdir(process.argv[2]);

const { createDefaultServer } = require("cognito-local");
const logger = require("pino")({ level: "silent" });

createDefaultServer(logger)
  .then((server) => server.start())
  .then((server) => console.log(server.address().port));
// It lives as long as whoever started it keeps our standard input open.
process.stdin.resume().on("end", () => process.exit());
