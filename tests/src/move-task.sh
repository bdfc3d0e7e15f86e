# `aws sqs start-message-move-task` and `list-message-move-tasks`, which the emulated cloud does not have: every dead
# letter is received, sent to the queue that it came from, and deleted, as SQS does it. Only the form that the scripts of
# `gen replay` use is known. Whatever else is asked for is refused, so that no script can rely on an answer that SQS
# would not give. `real` is the CLI.
move_task() {
    case $#,$3,$4 in
    4,--source-arn,arn:*:sqs:*:*:*) ;;
    *)
        echo "the stand-in for move tasks knows --source-arn ARN alone, not: $*" >&2
        return 252
        ;;
    esac
    moved="$HOME/moved-${4##*:}"
    if [ "$2" = list-message-move-tasks ]; then
        if [ -e "$moved" ]; then
            printf '{"Results": [{"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": %s}]}\n' "$(cat "$moved")"
        else
            echo '{"Results": []}'
        fi
        return
    fi
    dead_letters=$(real sqs get-queue-url --queue-name "${4##*:}" --query QueueUrl --output text) || return
    count=0
    while :; do
        message=$(real sqs receive-message --queue-url "$dead_letters" --visibility-timeout 60 --wait-time-seconds 0 \
            --attribute-names All --output text \
            --query 'Messages[0].[ReceiptHandle, Attributes.DeadLetterQueueSourceArn, Body]') || return
        case $message in
        '' | None) break ;;
        esac
        receipt=${message%%"$tab"*}
        message=${message#*"$tab"}
        source=${message%%"$tab"*}
        body=${message#*"$tab"}
        queue=$(real sqs get-queue-url --queue-name "${source##*:}" --query QueueUrl --output text) || return
        real sqs send-message --queue-url "$queue" --message-body "$body" >/dev/null || return
        real sqs delete-message --queue-url "$dead_letters" --receipt-handle "$receipt" || return
        count=$((count + 1))
    done
    echo "$count" >"$moved"
    echo '{"TaskHandle": "of-the-stand-in"}'
}
tab=$(printf '\t')
