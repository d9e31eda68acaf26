// CPU milliseconds that voucher-code-generator takes for so many unique codes, after a warm-up.
const vouchers = require("voucher-code-generator");

const [count, rounds] = process.argv.slice(2).map(Number);
const wanted = { count, length: 12, charset: "0123456789ABCDEFGHJKMNPQRSTVWXYZ", prefix: "AUTUMN" };

function milliseconds() {
  const started = process.cpuUsage();
  const made = vouchers.generate(wanted).length;
  if (made !== count) throw new Error(`${made} codes instead of ${count}`);
  const spent = process.cpuUsage(started);
  return (spent.user + spent.system) / 1000;
}

milliseconds();
console.log(JSON.stringify(Array.from({ length: rounds }, milliseconds)));
