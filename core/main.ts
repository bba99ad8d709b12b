// The program: hands the command line over.
export { runCommandLine as main } from './cli/command-line.ts'
