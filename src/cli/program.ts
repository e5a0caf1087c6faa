import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { maxBackupsPerPage } from "../limits.ts";
import { createBackup } from "./commands/create.ts";
import { downloadBackup } from "./commands/download.ts";
import { listBackups } from "./commands/list.ts";
import { restoreBackup } from "./commands/restore.ts";
import type { Context } from "./context.ts";
import { saveFormats } from "./download/save-backup.ts";
import { UsageError } from "./failure.ts";
import type { Terminal } from "./output.ts";

/** Default: what fits on a screen. */
const defaultPerPage = 20;

const environmentHelp = `
Environment variables, as for wrangler:
  CLOUDFLARE_API_BASE_URL  the API of the Worker: http://127.0.0.1:8787/client/v4
  CLOUDFLARE_API_TOKEN     its secret API_TOKEN
  CLOUDFLARE_ACCOUNT_ID    its ACCOUNT_ID (default: local)
`;

/**
 * Runs a command.
 *
 * @param args What was typed after the name of the program.
 * @param open Makes the context of a command, from the address of the API where one was typed.
 * @throws UsageError for what is no command; and whatever the command throws.
 */
export async function runProgram(
  args: readonly string[],
  open: (api: string | undefined) => Context,
  { stdout, stderr }: { stdout: Terminal; stderr: Terminal },
): Promise<void> {
  const program = new Command("d1-procedures")
    .description("Backups of the databases behind a d1-procedures Worker.")
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // It is thrown as well.
      outputError: () => {},
    })
    .addHelpText("after", environmentHelp);
  addBackupCommands(
    program.command("backup").description("Create, list, restore and download backups."),
    open,
  );
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const message = error.message.replace(/^error: /, "");
    throw new UsageError(
      error.code === "commander.help"
        ? "Which command?"
        : `${message.replace(/([^.?!)])$/, "$1.")} --help shows what there is.`,
      { cause: error },
    );
  }
}

type Open = (api: string | undefined) => Context;

function addBackupCommands(backup: Command, open: Open): void {
  const add = (name: string, description: string) =>
    backup
      .command(name)
      .description(description)
      .argument("<db>", "name or uuid of the database")
      .option("--api <url>", "the API of the Worker, instead of CLOUDFLARE_API_BASE_URL")
      .option("--json", "print one JSON document, and nothing else on stdout")
      .addHelpText("after", environmentHelp);

  add("create", "Back a database up now.").action((database, options) =>
    createBackup(open(options.api), database),
  );

  add("list", "List the backups of a database, the newest first.")
    .option("--page <number>", "which page", wholeNumber(1, Number.MAX_SAFE_INTEGER), 1)
    .option("--per-page <number>", "backups on a page", wholeNumber(1, maxBackupsPerPage), defaultPerPage)
    .action((database, options) => listBackups(open(options.api), database, options));

  add("restore", "Restore a backup, all or nothing.")
    .argument("<backup-id>", "id of the backup, or latest")
    .option("--into <db>", "restore into another database that exists")
    .addOption(new Option("--create <name>", "restore into a new database").conflicts("into"))
    .option("-y, --yes", "do not ask")
    .option("--local", "restore into the local state of the wrangler project in this folder")
    .option("-c, --config <file>", "with --local: the project's configuration")
    .option("--persist-to <folder>", "with --local: where the project's local state is")
    .action((database, id, options) => restoreBackup(open(options.api), database, id, options));

  add("download", "Download a backup.")
    .argument("<backup-id>", "id of the backup, or latest")
    .option("-o, --output <file>", "the file to write (default: <db>-<backup-id>, in this folder)")
    .addOption(
      new Option("-f, --format <format>", "SQL, the gzip file that is stored, or a SQLite database")
        .choices(saveFormats)
        .default("sql"),
    )
    .option("--force", "replace the file if it exists")
    .action((database, id, options) => downloadBackup(open(options.api), database, id, options));
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It is a whole number from ${least}.`
        : `It is a whole number from ${least} to ${most}.`,
    );
  };
}
