//! Contexts by name: what nobody has marked counts as production.

use crate::console::Console;

use super::server::{Server, Validity, empty_cluster};

#[test]
fn only_a_context_marked_as_development_is_one() {
    let server = Server::start(Validity::Good, empty_cluster);
    for (settings, badge) in [
        ("", " PROD  prod-eu"),
        ("[contexts]\ndevelopment = ['prod-*']\n", " DEV  prod-eu"),
        ("[contexts]\ndevelopment = ['*']\nproduction = ['prod-*']\n", " PROD  prod-eu"),
    ] {
        let home = server.home();
        let folder = home.path().join(".config/watchkeeper");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), settings).expect("a file");
        let mut console = Console::start_in(home, &[], &[], 100, 30);
        console.sees(badge);
        console.press("q");
        console.ended();
    }
}
