//! The AWS CLI, called as a user calls it. It does not know that the cloud behind it is emulated.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

/// What the emulated cloud cannot do, done by what it can.
const MOVE_TASK: &str = include_str!("move-task.sh");

/// The region of every test.
pub(crate) const REGION: &str = "eu-central-1";

/// Who calls.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key's id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The session's token; long-term credentials have none.
    pub session_token: Option<String>,
}

impl Credentials {
    /// The account's root user.
    pub(crate) fn root() -> Self {
        Self {
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            session_token: None,
        }
    }

    /// As `sts assume-role` answers.
    ///
    /// # Errors
    /// Where the answer holds no credentials.
    pub fn of_session(answer: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let value = answer
                .pointer("/Credentials")
                .and_then(|credentials| credentials[name].as_str());
            value
                .map(str::to_owned)
                .with_context(|| format!("the answer has no `{name}`: {answer}"))
        };
        Ok(Self {
            access_key_id: text("AccessKeyId")?,
            secret_access_key: text("SecretAccessKey")?,
            session_token: Some(text("SessionToken")?),
        })
    }
}

/// The AWS CLI with an endpoint and credentials.
#[derive(Debug, Clone)]
pub struct Aws {
    program: PathBuf,
    endpoint: String,
    certificate: PathBuf,
    home: PathBuf,
    credentials: Credentials,
}

impl Aws {
    /// Where it is.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Calls `program` as root. `home` is an empty folder: the user's own configuration stays out of the tests.
    pub(crate) fn new(
        program: PathBuf,
        endpoint: String,
        certificate: PathBuf,
        home: PathBuf,
    ) -> Self {
        Self {
            program,
            endpoint,
            certificate,
            home,
            credentials: Credentials::root(),
        }
    }

    /// The same CLI in the hands of somebody else.
    pub fn with(&self, credentials: Credentials) -> Self {
        Self {
            credentials,
            ..self.clone()
        }
    }

    /// Calls and reads the answer: JSON, the plain text of commands that do not speak JSON, or null where it is silent.
    ///
    /// # Errors
    /// Where the call fails: the command and what it said.
    pub fn call(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.output(arguments)?;
        ensure!(
            output.status.success(),
            "`aws {}` failed: {}",
            arguments.join(" "),
            said(&output)
        );
        let answer = String::from_utf8(output.stdout).context("the AWS CLI answers in UTF-8")?;
        if answer.trim().is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&answer).unwrap_or(Value::String(answer)))
    }

    /// Calls what must be refused for want of a permission.
    ///
    /// # Errors
    /// Where the call succeeds, or fails for another reason.
    pub fn is_refused(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let output = self.output(arguments)?;
        let command = arguments.join(" ");
        if output.status.success() {
            bail!(
                "`aws {command}` was allowed, and answered {}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        // `s3 cp` of an object that the caller may not read fails at its head, which has no body to name the code.
        let refusal = said(&output);
        let denied = ["AccessDenied", "AuthorizationError", "Forbidden"]
            .iter()
            .any(|code| refusal.contains(code));
        ensure!(
            denied,
            "`aws {command}` failed for another reason than permissions: {refusal}"
        );
        Ok(())
    }

    /// Uploads a file to `s3://…`.
    ///
    /// # Errors
    /// As for [`Aws::call`].
    pub fn upload(&self, file: &Path, destination: &str) -> anyhow::Result<()> {
        let file = file.to_str().context("paths of tests are UTF-8")?;
        self.call(&["s3", "cp", "--no-progress", file, destination])
            .map(drop)
    }

    /// Runs a shell script that calls `aws`.
    ///
    /// # Errors
    /// Where a command of it fails: what it said.
    pub fn run(&self, script: &str) -> anyhow::Result<String> {
        let folder = self.home.join("bin");
        fs::create_dir_all(&folder)?;
        // The endpoint has to be said with every call, and the script knows none.
        let stand_in = format!(
            "#!/bin/sh\nreal() {{ '{}' \"$@\" --endpoint-url '{}'; }}\n{MOVE_TASK}\ncase \"$1 $2\" in\n\
             'sqs start-message-move-task' | 'sqs list-message-move-tasks') move_task \"$@\" ;;\n\
             *) real \"$@\" ;;\nesac\n",
            self.program.display(),
            self.endpoint
        );
        fs::write(folder.join("aws"), stand_in)?;
        fs::set_permissions(folder.join("aws"), fs::Permissions::from_mode(0o755))?;
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([folder].into_iter().chain(env::split_paths(&inherited)))?;
        let mut command = Command::new("sh");
        self.prepare(&mut command);
        let output = command.args(["-c", script]).env("PATH", path).output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "the script failed: {}\n{printed}",
            said(&output)
        );
        Ok(printed.into_owned())
    }

    fn output(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = Command::new(&self.program);
        self.prepare(&mut command);
        // Its SQS commands know a host of their own, and take no other from the environment.
        command
            .args(arguments)
            .args(["--endpoint-url", &self.endpoint]);
        command.output().with_context(|| {
            format!(
                "`{}` does not start; `cargo xtask test` installs the tools",
                self.program.display()
            )
        })
    }

    /// Gives a command the CLI's environment, and nothing of the user's own configuration.
    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.home).env_clear();
        command.envs(env::vars_os().filter(|(name, _)| name == "PATH" || name == "LANG"));
        command.env("HOME", &self.home).env("PYTHONUTF8", "1");
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_CA_BUNDLE", &self.certificate);
        command
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_DEFAULT_OUTPUT", "json")
            .env("AWS_PAGER", "");
        command.env("AWS_ACCESS_KEY_ID", &self.credentials.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &self.credentials.secret_access_key);
        let token = self.credentials.session_token.as_ref().map(OsString::from);
        command.envs(token.map(|token| ("AWS_SESSION_TOKEN", token)));
    }
}

/// What a failed command said, on whichever stream.
fn said(output: &Output) -> String {
    let text = if output.stderr.trim_ascii().is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    String::from_utf8_lossy(text).trim().to_owned()
}
