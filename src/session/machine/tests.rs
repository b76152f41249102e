//! Tables of what happens and what the session does about it; time is a number here.

mod play;

use play::{HOUR, Play, network, rejected, status};

use super::*;
use crate::session::step::Grant;

#[test]
fn the_main_path_then_the_watch() {
    let mut play = Play::ready(HOUR);
    assert!((54.0..=66.0).contains(&play.wait().as_secs_f64()), "{:?}", play.wait());
    play.check(vec![
        (Event::Woken, "Check"),
        (Event::Checked(Ok(())), "wait"),
        (Event::Stop, "SayGoodbye"),
        (Event::SaidGoodbye, "End(Stopped)"),
    ]);
}

#[test]
fn a_session_without_a_token_stops_without_a_goodbye() {
    Play::new().check(vec![(Event::Woken, "SignIn"), (Event::Stop, "End(Stopped)")]);
}

#[test]
fn a_cloud_that_is_down_at_start_is_tried_with_growing_waits() {
    let mut play = Play::new();
    play.check(vec![(Event::Woken, "SignIn")]);
    for whole in [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        play.check(vec![(Event::SignedIn(Err(network())), "ConnectionError -1 UNREACHABLE, wait")]);
        let wait = play.wait().as_secs_f64();
        assert!(wait >= whole / 2.0 && wait <= whole, "{wait} of {whole}");
        play.check(vec![(Event::Woken, "SignIn")]);
    }
    play.check(vec![(Event::SignedIn(Ok(HOUR)), "Clean")]);
}

#[test]
fn retry_after_is_honoured() {
    let mut play = Play::new();
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Err(status(429, Some(77)))), "ConnectionError 429 THROTTLED, wait"),
    ]);
    assert_eq!(play.wait(), Duration::from_secs(77));
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Err(status(503, Some(9)))), "ConnectionError 503 UNAVAILABLE, wait"),
    ]);
    assert_eq!(play.wait(), Duration::from_secs(9));
}

#[test]
fn rejected_credentials_are_never_retried() {
    let told = "ConnectionError 401 REJECTED, Failed 401 REJECTED, End(Rejected)";
    Play::new().check(vec![(Event::Woken, "SignIn"), (Event::SignedIn(Err(rejected())), told)]);
    // With renewals used up, and the password changed meanwhile.
    let told = "Disconnected 401 REJECTED, ConnectionError 401 REJECTED, Failed 401 REJECTED, SayGoodbye";
    let used_up = Grant { life: Duration::from_secs(2), renewable: false };
    Play::ready(used_up).check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Err(rejected())), told),
        (Event::SaidGoodbye, "End(Rejected)"),
    ]);
}

#[test]
fn a_locked_account_is_left_alone_for_the_hour() {
    let mut play = Play::new();
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Err(Error::Locked)), "ConnectionError 401 LOCKED, wait"),
    ]);
    assert!(play.wait() >= Duration::from_secs(3600), "{:?}", play.wait());
    play.check(vec![
        (Event::Suspect, "wait"),
        (Event::Lost, "wait"),
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Clean"),
    ]);
}

#[test]
fn a_lock_met_in_the_background_ends_the_session_only_with_its_token() {
    let used_up = Grant { life: Duration::from_secs(100), renewable: false };
    let mut play = Play::ready(used_up);
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Err(Error::Locked)), "ConnectionError 401 LOCKED, wait"),
    ]);
    let mut expired = false;
    for _ in 0..4 {
        play.now = play.until;
        let told = play.step(Event::Woken);
        if told == "Check" {
            assert_eq!(play.step(Event::Checked(Ok(()))), "wait");
        } else {
            assert_eq!(told, "ForgetToken, Disconnected -2 SIGNEDOUT, wait");
            expired = true;
            break;
        }
    }
    assert!(expired && play.wait() > Duration::from_secs(3400));
    play.check(vec![
        (Event::Woken, "Reconnecting, SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Err(Error::Gone)), "ForgetConnection, Clean"),
    ]);
}

#[test]
fn a_token_is_renewed_at_half_its_life_again_and_again() {
    let short = Grant { life: Duration::from_secs(2), renewable: true };
    let mut play = Play::ready(short);
    for _ in 0..10 {
        let wait = play.wait().as_secs_f64();
        assert!((0.9..=1.1).contains(&wait), "{wait}");
        play.check(vec![(Event::Woken, "Renew"), (Event::Renewed(Ok(short)), "wait")]);
    }
}

#[test]
fn used_up_renewals_lead_to_a_silent_sign_in_that_keeps_the_connection() {
    let last = Grant { life: Duration::from_secs(2), renewable: false };
    Play::ready(last).check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Ok(())), "wait"),
    ]);
    Play::ready(Grant { renewable: true, ..last }).check(vec![
        (Event::Woken, "Renew"),
        (Event::Renewed(Err(status(403, None))), "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Err(Error::Gone)), "Disconnected 404 GONE, ForgetConnection, wait"),
        (Event::Woken, "Reconnecting, Clean"),
    ]);
}

#[test]
fn a_renewal_that_fails_is_tried_until_the_token_ends() {
    let mut play = Play::ready(Grant { life: Duration::from_secs(20), renewable: true });
    let mut renewals = 0;
    loop {
        play.now = play.until;
        match play.step(Event::Woken).as_str() {
            "Renew" => {
                renewals += 1;
                assert_eq!(play.step(Event::Renewed(Err(network()))), "wait");
            }
            "ForgetToken, SignIn" => break,
            other => panic!("{other}"),
        }
    }
    assert!((3..20).contains(&renewals), "{renewals}");
    play.check(vec![
        (
            Event::SignedIn(Err(network())),
            "Disconnected -1 UNREACHABLE, ConnectionError -1 UNREACHABLE, wait",
        ),
        (Event::Woken, "Reconnecting, SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Ok(())), "Connected, SendPresence"),
    ]);
}

#[test]
fn a_renewal_that_is_put_off_beyond_the_tokens_end_is_not_answered_by_a_sign_in() {
    let mut play = Play::ready(Grant { life: Duration::from_secs(10), renewable: true });
    play.check(vec![(Event::Woken, "Renew")]);
    let told = play.now;
    play.check(vec![
        (Event::Renewed(Err(status(429, Some(30)))), "wait"),
        (Event::Woken, "ForgetToken, Disconnected -2 SIGNEDOUT, wait"),
    ]);
    assert_eq!(play.until, told + Duration::from_secs(30));
    play.check(vec![(Event::Woken, "Reconnecting, SignIn")]);
}

#[test]
fn a_vanished_connection_is_replaced() {
    Play::ready(HOUR).check(vec![
        (Event::Woken, "Check"),
        (Event::Checked(Ok(())), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Err(Error::Gone)), "Disconnected 404 GONE, ForgetConnection, Reconnecting, Clean"),
        (Event::Cleaned(Ok(())), "Create"),
        (Event::Created(Err(status(500, None))), "ConnectionError 500 UNAVAILABLE, wait"),
        (Event::Woken, "Reconnecting, Clean"),
        (Event::Cleaned(Err(status(403, None))), "Create"),
        (Event::Created(Ok(())), "Connected, SendPresence"),
        (Event::PresenceSent(Ok(())), "ListRooms"),
        (Event::Rooms(Ok(Vec::new())), "Ready, wait"),
    ]);
}

#[test]
fn a_connection_that_keeps_vanishing_is_not_replaced_in_a_hurry() {
    let mut play = Play::ready(HOUR);
    for whole in [2.0, 4.0, 8.0] {
        play.check(vec![
            (Event::Woken, "Check"),
            (Event::Checked(Err(Error::Gone)), "Disconnected 404 GONE, ForgetConnection, wait"),
        ]);
        let wait = play.wait().as_secs_f64();
        assert!(wait >= whole / 2.0 && wait <= whole, "{wait}");
        play.check(vec![
            (Event::Woken, "Reconnecting, Clean"),
            (Event::Cleaned(Ok(())), "Create"),
            (Event::Created(Ok(())), "Connected, SendPresence"),
            (Event::PresenceSent(Ok(())), "ListRooms"),
            (Event::Rooms(Ok(Vec::new())), "Ready, wait"),
        ]);
    }
}

#[test]
fn a_restarted_cloud_that_forgot_everything() {
    Play::ready(HOUR).check(vec![
        (Event::Woken, "Check"),
        (Event::Checked(Ok(())), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Err(network())), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Err(network())), "Disconnected -1 UNREACHABLE, wait"),
        (Event::Woken, "Reconnecting, Check"),
        (Event::Checked(Err(network())), "ConnectionError -1 UNREACHABLE, wait"),
        (Event::Woken, "Reconnecting, Check"),
        (Event::Checked(Err(Error::Expired)), "ForgetToken, SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Err(Error::Gone)), "ForgetConnection, Clean"),
        (Event::Cleaned(Ok(())), "Create"),
        (Event::Created(Ok(())), "Connected, SendPresence"),
    ]);
}

#[test]
fn one_missed_check_is_not_a_loss() {
    Play::ready(HOUR).check(vec![
        (Event::Woken, "Check"),
        (Event::Checked(Err(network())), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Ok(())), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Err(status(502, None))), "wait"),
        (Event::Woken, "Check"),
        (Event::Checked(Err(status(429, Some(500)))), "wait"),
    ]);
}

#[test]
fn the_callback_of_a_loss_is_followed_by_a_look() {
    // Bots have been told by the callback itself: there is no second rainbow_ondisconnected.
    Play::ready(HOUR).check(vec![
        (Event::Lost, "wait"),
        (Event::Lost, "wait"),
        (Event::Woken, "Reconnecting, Check"),
        (Event::Checked(Ok(())), "Connected, SendPresence"),
        (Event::PresenceSent(Ok(())), "ListRooms"),
        (Event::Rooms(Ok(Vec::new())), "Ready, wait"),
        (Event::Lost, "wait"),
        (Event::Woken, "Reconnecting, Check"),
        (Event::Checked(Err(Error::Gone)), "ForgetConnection, Clean"),
    ]);
}

#[test]
fn a_refused_call_of_another_role_is_looked_after() {
    Play::ready(HOUR).check(vec![
        (Event::Suspect, "Check"),
        (Event::Checked(Err(Error::Expired)), "ForgetToken, SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Check"),
        (Event::Checked(Ok(())), "wait"),
    ]);
}

#[test]
fn tokens_that_are_never_accepted_do_not_spin() {
    Play::new().check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Clean"),
        (Event::Cleaned(Err(Error::Expired)), "ForgetToken, ConnectionError 401 EXPIRED, wait"),
        (Event::Woken, "SignIn"),
    ]);
}

#[test]
fn trouble_between_connected_and_ready() {
    let mut play = Play::new();
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Clean"),
        (Event::Cleaned(Ok(())), "Create"),
        (Event::Created(Ok(())), "Connected, SendPresence"),
        // Beneath a connection that is gone everything is 404; beneath one that lives it is the cloud's whim.
        (Event::PresenceSent(Err(status(404, None))), "Check"),
        (Event::Checked(Ok(())), "SendPresence"),
        (Event::PresenceSent(Err(status(404, None))), "Error 404 REFUSED, ListRooms"),
        (
            Event::Rooms(Err(status(503, Some(3)))),
            "Disconnected 503 UNAVAILABLE, ConnectionError 503 UNAVAILABLE, wait",
        ),
        (Event::Woken, "Reconnecting, Check"),
        (Event::Checked(Ok(())), "Connected, SendPresence"),
        (Event::PresenceSent(Ok(())), "ListRooms"),
        (Event::Rooms(Ok(vec!["a".into(), "b".into()])), "Join(\"a\")"),
        (Event::Joined(Err(status(403, None))), "Error 403 REFUSED, Join(\"b\")"),
        (Event::Joined(Err(status(429, Some(5)))), "wait"),
        (Event::Woken, "Join(\"b\")"),
        (Event::Joined(Ok(())), "Ready, wait"),
    ]);
}

#[test]
fn joins_are_not_retried_for_ever() {
    let mut play = Play::new();
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Clean"),
        (Event::Cleaned(Ok(())), "Create"),
        (Event::Created(Ok(())), "Connected, SendPresence"),
        (Event::PresenceSent(Ok(())), "ListRooms"),
        (Event::Rooms(Ok(vec!["a".into(), "b".into()])), "Join(\"a\")"),
    ]);
    for _ in 0..JOIN_RETRIES {
        play.check(vec![(Event::Joined(Err(network())), "wait"), (Event::Woken, "Join(\"a\")")]);
    }
    play.check(vec![
        (Event::Joined(Err(network())), "Error -1 UNREACHABLE, Join(\"b\")"),
        (Event::Joined(Err(network())), "Error -1 UNREACHABLE, Ready, wait"),
    ]);
}

#[test]
fn an_account_without_conversations_has_no_rooms_to_join() {
    let mut play = Play::new();
    play.check(vec![
        (Event::Woken, "SignIn"),
        (Event::SignedIn(Ok(HOUR)), "Clean"),
        (Event::Cleaned(Ok(())), "Create"),
        (Event::Created(Ok(())), "Connected, SendPresence"),
        (Event::PresenceSent(Err(status(403, None))), "Error 403 REFUSED, ListRooms"),
        (Event::Rooms(Err(status(404, None))), "Check"),
        (Event::Checked(Ok(())), "SendPresence"),
        (Event::PresenceSent(Ok(())), "ListRooms"),
        (Event::Rooms(Err(status(404, None))), "Ready, wait"),
    ]);
}

#[test]
fn a_stop_takes_the_place_of_a_call_that_was_not_made() {
    Play::ready(HOUR).check(vec![
        (Event::Woken, "Check"),
        (Event::Stop, "SayGoodbye"),
        (Event::Lost, "SayGoodbye"),
        (Event::SaidGoodbye, "End(Stopped)"),
    ]);
}
