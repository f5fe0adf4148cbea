//! What holds of every verb's flags and help.

use clap::CommandFactory;

use super::*;

fn each_verb(command: &clap::Command, check: &mut dyn FnMut(&clap::Command)) {
    check(command);
    command.get_subcommands().for_each(|verb| each_verb(verb, check));
}

#[test]
fn every_flag_has_a_variable_and_every_verb_ends_its_help_with_examples() {
    let command = Cli::command();
    command.clone().debug_assert();
    each_verb(&command, &mut |verb| {
        for flag in verb.get_arguments().filter(|arg| arg.get_long().is_some_and(|name| name != "help" && name != "version")) {
            let variable = flag.get_env().map(|name| name.to_string_lossy().into_owned());
            assert!(variable.is_some_and(|name| name.starts_with("VESTIBULE_")), "{} --{}", verb.get_name(), flag.get_id());
        }
        let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.starts_with("Examples:\n"), "{}", verb.get_name());
    });
}

/// Lines that were broken at the terminal's edge could not be pasted.
#[test]
fn examples_fit_a_terminal_or_break_where_a_shell_goes_on() {
    for columns in [80, 100] {
        let command = Cli::command().max_term_width(columns).term_width(columns);
        each_verb(&command, &mut |verb| {
            let text = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let help = verb.clone().max_term_width(columns).term_width(columns).render_long_help().to_string();
            let examples = text.lines().skip(1).take_while(|line| !line.is_empty());
            for line in examples {
                assert!(help.lines().any(|shown| shown == line), "{columns} columns, {}: {line}\n{help}", verb.get_name());
            }
        });
    }
}

/// Every line of an example begins a command, goes on after a backslash, or would be run as something else.
#[test]
fn examples_are_commands() {
    each_verb(&Cli::command(), &mut |verb| {
        let text = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        let mut goes_on = false;
        for line in text.lines().skip(1).take_while(|line| !line.is_empty()) {
            assert!(goes_on || line.starts_with("  vestibule "), "{}: {line}", verb.get_name());
            goes_on = line.ends_with('\\');
        }
        assert!(!goes_on, "{}: the last line ends with a backslash", verb.get_name());
    });
}

#[test]
fn wrong_usage_is_refused() {
    for line in [
        "",
        "serve --listen nowhere",
        "apply",
        "audit export Acme",
        "audit verify",
        "serve --session-limit 0",
        "serve --m3ter-enums Upper",
        "serve --m3ter-organization-limit 0",
        "serve --smtp-ca-file x",
    ] {
        let args = std::iter::once("vestibule").chain(line.split_whitespace());
        let error = Cli::try_parse_from(args).err();
        assert!(error.is_some_and(|error| error.exit_code() == 2), "{line}");
    }
}
