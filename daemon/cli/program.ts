import { Command, CommanderError } from 'commander';
import type { CommandIo } from './command-io.ts';
import { CommandFault, describeFault } from './fault.ts';
import { startCommand } from './start.ts';
import { demoCommand } from './demo.ts';
import { checkCommand } from './check.ts';
import { verdictCommand } from './verdict.ts';
import { endCommand } from './end.ts';
import { replayCommand } from './replay.ts';
import { evaluateCommand } from './evaluate.ts';
import { referenceCommand } from './reference.ts';
import { shiftCommand } from './shift.ts';
import { snapshotCommand } from './snapshot.ts';
import { doctorCommand } from './doctor.ts';
import { rebuildRollupsCommand } from './rebuild-rollups.ts';
import { retryCommand } from './retry.ts';
import { VERSION } from '../version.ts';

const COMMANDS = [
  startCommand,
  demoCommand,
  checkCommand,
  verdictCommand,
  endCommand,
  replayCommand,
  evaluateCommand,
  referenceCommand,
  shiftCommand,
  snapshotCommand,
  retryCommand,
  rebuildRollupsCommand,
  doctorCommand,
];

/**
 * The command line of Serin. Nothing here ends the process: an action that wants another exit code than 0 calls
 * `finish`, an action that throws has failed.
 * @param finish told the exit code that a command asks for
 */
export function buildProgram(io: CommandIo, finish: (exitCode: number) => void = () => undefined): Command {
  const program = new Command('serin')
    .description('Watches machine-learning models in production: drift, latency, accuracy, shadow replay, verdicts.')
    .version(VERSION, '--version', 'print the version of Serin')
    .showHelpAfterError('(serin --help lists the commands)')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    });
  for (const make of COMMANDS) {
    const command = make(io, finish).copyInheritedSettings(program);
    program.addCommand(command.showHelpAfterError(`(serin ${command.name()} --help explains it)`));
  }
  return program;
}

/**
 * Runs one command line.
 * @param argv what follows the program's name
 * @returns the exit code: 0 for success and for help, 1 for a fault, others as the command documents them
 */
export async function runCommandLine(argv: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0;
  try {
    await buildProgram(io, (code) => (exitCode = code)).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    io.stderr.write(`${describeFault(error)}\n`);
    return error instanceof CommandFault ? error.exitCode : 1;
  }
}
