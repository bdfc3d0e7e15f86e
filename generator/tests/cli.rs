//! The command line as a person or a script meets it: results, messages and exit codes.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

/// A folder with the manifest of one of the golden cases in it.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(manifest: &str) -> Project {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        Project { folder }
    }

    fn of_case(name: &str) -> Project {
        let case = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases")
            .join(name);
        Project::new(&fs::read_to_string(case.join("manifest.toml")).unwrap())
    }

    fn template(&self, name: &str, source: &str) -> PathBuf {
        let templates = self.folder.path().join("templates");
        fs::create_dir_all(&templates).unwrap();
        fs::write(templates.join(name), source).unwrap();
        templates
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::cargo_bin("gen").unwrap();
        command
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .args(args)
            .output()
            .unwrap()
    }
}

/// Runs `gen` and compares the exit code, and the beginnings of what it writes to both outputs.
#[track_caller]
fn check(project: &Project, args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = project.run(args);
    let (got_out, got_err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(code), "{got_out}{got_err}");
    assert!(
        got_out.starts_with(stdout) && got_out.is_empty() == stdout.is_empty(),
        "stdout: {got_out}"
    );
    assert!(
        got_err.starts_with(stderr) && got_err.is_empty() == stderr.is_empty(),
        "stderr: {got_err}"
    );
}

#[test]
fn a_right_manifest() {
    let project = Project::of_case("via-s3");
    let summary = "orders is right for stage dev\n  orders: incoming/ → 2 fields → table, lake\n";
    check(&project, &["check", "manifest.toml"], 0, summary, "");
    check(
        &project,
        &["check", "manifest.toml", "--format", "json"],
        0,
        "{\"ok\":true,\"problems\":[],\"room\":[{\"got\":",
        "",
    );
    check(
        &project,
        &["check", "manifest.toml", "--stage", "prod"],
        0,
        "orders is right for stage prod\n",
        "",
    );
}

#[test]
fn a_wrong_manifest() {
    let project = Project::new("[project]\nname = \"x\"\n\n[pipelin.x]\n");
    check(&project, &["check", "manifest.toml"], 1, "", "error: ");
    check(&project, &["stack", "manifest.toml"], 1, "", "error: ");

    let output = project.run(&["check", "manifest.toml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["problems"][0]["file"], "manifest.toml");
    assert_eq!(answer["problems"][0]["line"], 4);
}

#[test]
fn a_manifest_that_cannot_be_read() {
    let project = Project::of_case("via-s3");
    check(
        &project,
        &["check", "other.toml"],
        1,
        "",
        "error: cannot read the manifest `other.toml`: No such file",
    );
    check(
        &project,
        &["stack", "."],
        1,
        "",
        "error: cannot read the manifest `.`: ",
    );
    fs::write(project.folder.path().join("latin.toml"), b"name = \"\xe4\"").unwrap();
    let output = project.run(&["check", "latin.toml"]);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .ends_with("help: save it as UTF-8\n")
    );
}

#[test]
fn a_wrong_command_line() {
    let project = Project::of_case("via-s3");
    check(
        &project,
        &["stak"],
        1,
        "",
        "error: unrecognized subcommand 'stak'",
    );
    check(
        &project,
        &["stack"],
        1,
        "",
        "error: the following required arguments",
    );
    check(
        &project,
        &["stack", "manifest.toml", "--stage", "No_Stage"],
        1,
        "",
        "error: `No_Stage` is not a valid stage",
    );
}

#[test]
fn help_ends_with_examples_and_exit_codes() {
    let project = Project::of_case("via-s3");
    for args in [
        &["--help"] as &[&str],
        &["check", "--help"],
        &["stack", "--help"],
    ] {
        let output = project.run(args);
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(
            help.contains("\nExamples:\n") && help.contains("\nExit codes:\n  0  "),
            "{help}"
        );
    }
}

#[test]
fn nothing_is_coloured_outside_of_a_terminal() {
    let project = Project::new("[project]\n");
    for no_color in [None, Some("1")] {
        let mut command = Command::cargo_bin("gen").unwrap();
        command
            .current_dir(project.folder.path())
            .args(["check", "manifest.toml"])
            .env_remove("NO_COLOR");
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        let output = command.output().unwrap();
        assert!(!output.stderr.contains(&0x1b));
    }
}

#[test]
fn minified_is_the_same_template() {
    let project = Project::of_case("several-pipelines");
    let pretty = project.run(&["stack", "manifest.toml"]).stdout;
    let minified = project.run(&["stack", "manifest.toml", "--minify"]).stdout;
    assert!(minified.len() < pretty.len() && !minified.contains(&b'\n'));
    let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    assert_eq!(value(&minified), value(&pretty));
}

#[test]
fn a_stage_changes_the_template() {
    let project = Project::of_case("via-s3");
    let template = String::from_utf8(
        project
            .run(&["stack", "manifest.toml", "--stage", "qa"])
            .stdout,
    )
    .unwrap();
    assert!(template.contains("Sluice: orders, stage qa"));
}

#[test]
fn a_template_is_replaced() {
    let project = Project::of_case("via-s3");
    let built_in = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/stack/control-table.hbs"),
    )
    .unwrap();
    project.template(".hidden", "is passed over");
    project.template(
        "control-table.hbs",
        &built_in.replace("table-defaults", "table-defaults my=1"),
    );
    project.template(
        "table-defaults.hbs",
        "\"BillingMode\": \"PAY_PER_REQUEST\", \"TableClass\": \"STANDARD_INFREQUENT_ACCESS\",",
    );
    let output = project.run(&["stack", "manifest.toml", "--templates", "templates"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let template: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        template["Resources"]["ControlTable"]["Properties"]["TableClass"],
        "STANDARD_INFREQUENT_ACCESS"
    );
}

#[test]
fn what_aws_would_stop_is_not_rendered() {
    let project = Project::of_case("via-s3");
    let built_in = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../templates/stack/function.hbs"),
    )
    .unwrap();
    project.template("function.hbs", &built_in.replace("RecursiveLoop", "Loop"));
    check(
        &project,
        &["stack", "manifest.toml", "--templates", "templates"],
        1,
        "",
        "error: `OrdersIngestFunction`: it sends to `OrdersSourceQueue`, which feeds it, and Lambda ends such a chain\nhelp: ",
    );
}

#[test]
fn what_cannot_follow_what_is_deployed_is_said() {
    let project = Project::of_case("via-s3");
    let rendered = project.run(&["stack", "manifest.toml"]).stdout;
    fs::write(project.folder.path().join("deployed.json"), &rendered).unwrap();
    let follow = ["check", "manifest.toml", "--deployed", "deployed.json"];
    check(&project, &follow, 0, "orders is right", "");

    let mut deployed: serde_json::Value = serde_json::from_slice(&rendered).unwrap();
    deployed["Resources"]["OrdersRecordsTable"]["Properties"]["KeySchema"][0]["AttributeName"] =
        "number".into();
    fs::write(
        project.folder.path().join("deployed.json"),
        deployed.to_string(),
    )
    .unwrap();
    let message = "error: `OrdersRecordsTable`: the key of the table changes, and CloudFormation replaces it\nhelp: ";
    check(&project, &follow, 1, "", message);
    let nowhere = ["check", "manifest.toml", "--deployed", "nowhere.json"];
    let message = "error: cannot read the template `nowhere.json`: No such file";
    check(&project, &nowhere, 1, "", message);
}

#[test]
fn a_wrong_template_is_named_with_its_line() {
    for (name, source, message) in [
        (
            "queues.hbs",
            "",
            "error: `templates/queues.hbs` replaces no template\nhelp: did you mean `queue.hbs`?",
        ),
        (
            "queue.txt",
            "",
            "error: `templates/queue.txt` replaces no template\nhelp: did you mean `queue.hbs`?",
        ),
        (
            "settings.hbs",
            "\n{{#each x}}",
            "error: template `templates/settings.hbs` is not valid, line 2: ",
        ),
        (
            "settings.hbs",
            "\n\"A\": {{json nme}},",
            "error: template `templates/settings.hbs` cannot be filled, line 2: there is no `nme` here",
        ),
        (
            "settings.hbs",
            "{{#if nme}}{{/if}}",
            "error: template `templates/settings.hbs` cannot be filled, line 1: there is no `nme` here",
        ),
        (
            "settings.hbs",
            "{{> nme}}",
            "error: template `templates/settings.hbs` cannot be filled, line 1: there is no template `nme.hbs`",
        ),
        (
            "settings.hbs",
            "{{!-- over\ntwo lines --}}\n\"A\": 1\n",
            "error: template `templates/stack/role.hbs` does not make JSON, line 3: expected `,` or `}`",
        ),
        (
            "settings.hbs",
            "\"A\": 1,\n\"Key\": 2,\n",
            "error: template `templates/settings.hbs` does not make JSON, line 2: `Key` is defined twice",
        ),
        (
            "dashboard.hbs",
            "\"A\": {{#text}}\n{\n\"a\": b\n}\n{{/text}},",
            "error: template `templates/dashboard.hbs` does not make JSON, line 3: expected value",
        ),
    ] {
        let project = Project::of_case("via-s3");
        project.template(name, source);
        check(
            &project,
            &["stack", "manifest.toml", "--templates", "templates"],
            1,
            "",
            message,
        );
    }
    let project = Project::of_case("via-s3");
    let message = "error: cannot read the templates in `nowhere`: No such file";
    check(
        &project,
        &["stack", "manifest.toml", "--templates", "nowhere"],
        1,
        "",
        message,
    );
}
