//! What no attempt can process ends in the dead-letter queue, and holds up nothing that came with it.

use std::fs;

use anyhow::ensure;
use serde_json::{Value, json};
use sluice_tests::{
    Aws, Deployment, FEEDBACK_PLUGIN, Inbox, Manifest, Measurements, eventually, on_a_cloud,
};

/// The queue hands a message out again after so many seconds, and not after six of the function's timeouts. An attempt that
/// is still going on then is found busy, however slow the machine is.
const VISIBILITY_SECONDS: &str = "VisibilityTimeout=2";

fn hand_out_soon(aws: &Aws, queue: &str) -> anyhow::Result<()> {
    let set = ["sqs", "set-queue-attributes", "--queue-url", queue];
    let attributes = ["--attributes", VISIBILITY_SECONDS];
    aws.call(&[set.as_slice(), &attributes].concat()).map(drop)
}

#[test]
fn an_unknown_message_ends_in_the_dead_letter_queue() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.source.max_receive_count", 1)
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "poisoned", &template)?;
        let aws = cloud.aws();
        let queue = stack.output("FeedbackSourceQueueUrl")?;
        hand_out_soon(aws, queue)?;
        let mut dead_letters = Inbox::of_queue(aws, stack.output("FeedbackDeadLetterQueueUrl")?);

        // One batch: a message of nobody's, and a test event, which is no reason to fail.
        let bodies = [
            "not an event",
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"any"}"#,
        ];
        let entries = json!([{ "Id": "poison", "MessageBody": bodies[0] }, { "Id": "test", "MessageBody": bodies[1] }]);
        aws.call(&[
            "sqs",
            "send-message-batch",
            "--queue-url",
            queue,
            "--entries",
            &entries.to_string(),
        ])?;
        eventually("the message is given up", || {
            let messages = dead_letters.messages()?;
            ensure!(!messages.is_empty(), "the dead-letter queue is empty");
            Ok(())
        })?;
        let messages = dead_letters.messages()?;
        ensure!(
            messages.len() == 1 && messages[0]["Body"] == bodies[0],
            "given up: {messages:?}"
        );

        Measurements::eventually(&stack, "Feedback", "the log says why", |log| {
            let told = log
                .lines
                .iter()
                .any(|line| line.contains("not a JSON event"));
            ensure!(told, "lines: {:?}", log.lines);
            Ok(())
        })
    });
}

#[test]
fn an_object_waits_for_its_plugin() {
    on_a_cloud(|cloud| {
        let template = Manifest::example("feedback")?
            .set("pipeline.feedback.source.via", "s3")
            .set("pipeline.feedback.source.max_receive_count", 600)
            .render(cloud.folder())?;
        let stack = Deployment::new(cloud, "waiting", &template)?;
        hand_out_soon(cloud.aws(), stack.output("FeedbackSourceQueueUrl")?)?;
        let file = cloud.folder().join("one.csv");
        let record = "id,submitted_at,customer,channel\none-1,2026-03-06T12:00:00Z,c-1,web\n";
        fs::write(&file, record)?;
        stack.drop_file(&file, "FeedbackUploadTo", "one.csv")?;

        Measurements::eventually(&stack, "Feedback", "the log asks for the plugin", |log| {
            let told = log
                .lines
                .iter()
                .any(|line| line.contains("there is no plugin at"));
            ensure!(told, "lines: {:?}", log.lines);
            let failed =
                |line: &Value| line["ProcessingErrors"] == 1 && line["ProcessedItemCount"] == 0;
            ensure!(
                log.figures.iter().any(failed),
                "no figures of the failed attempt: {:?}",
                log.figures
            );
            Ok(())
        })?;
        stack.publish_plugin(FEEDBACK_PLUGIN, "FeedbackPluginTo")?;
        Measurements::eventually(
            &stack,
            "Feedback",
            "a later attempt stores the record",
            |log| {
                let stored = log.figures.iter().any(|line| line["RowsStored"] == 1);
                ensure!(stored, "figures: {:?}", log.figures);
                Ok(())
            },
        )
    });
}
