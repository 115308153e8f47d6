// Starts `session-lint server` and hands the editor's documents to it. All else is in the server.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function made() {
  const [command, ...before] = vscode.workspace.getConfiguration("sessionLint").get("command");
  const server = { command, args: [...before, "server"] };
  const documents = [
    { scheme: "file", language: "python" },
    { scheme: "file", pattern: "**/pyproject.toml" },
  ];
  return new LanguageClient("sessionLint", "session-lint", server, { documentSelector: documents });
}

async function start() {
  client = made();
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(
      `session-lint did not start (${error.message}); install it with: python -m pip install "session-lint[server]", or set sessionLint.command`,
    );
  }
}

async function restart() {
  await deactivate();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("sessionLint.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("sessionLint") && restart()),
  );
  await start();
}

async function deactivate() {
  const ending = client;
  client = undefined;
  await ending?.stop().catch(() => undefined);
}

module.exports = { activate, deactivate };
