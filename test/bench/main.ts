import { availableParallelism, cpus } from 'node:os';
import { benches } from './all.ts';
import { reached, type Bar, type BenchReport } from './bench.ts';

const [wanted, ...rest] = process.argv.slice(2).filter((argument) => argument !== '--json');
const json = process.argv.includes('--json');
const bench = benches.find((one) => one.name === wanted);

if (bench !== undefined && rest.includes('--help')) {
  process.stdout.write(`${bench.help ?? `npm run bench -- ${bench.name} [--json]\n\n${bench.what}`}\n`);
} else if (bench === undefined) {
  const asked = wanted === '--help' || wanted === undefined;
  const list = benches.map((one) => `  ${one.name.padEnd(14)} ${one.what}`).join('\n');
  process.stdout.write(
    `${asked ? '' : `There is no benchmark "${wanted}".\n\n`}npm run bench -- NAME [--json]\n\n${list}\n`,
  );
  process.exitCode = asked ? 0 : 1;
} else {
  try {
    const report = await bench.run({ rest, progress: (line) => process.stderr.write(`${line}\n`) });
    process.stdout.write(json ? `${JSON.stringify({ bench: bench.name, ...report })}\n` : inWords(report));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  // The embedded engine and model runtimes keep threads alive.
  process.exit();
}

function inWords({ text, bars }: BenchReport): string {
  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown processor'}, Node.js ${process.version}`;
  return `${text}\n\n${bars.map(barInWords).join('\n')}\n\n${machine}\n`;
}

function barInWords(bar: Bar): string {
  const { name, value, bound, sense } = bar;
  return `${reached(bar) ? 'reached' : 'MISSED '}  ${name}: ${value.toPrecision(3)} (${sense} ${bound})`;
}
