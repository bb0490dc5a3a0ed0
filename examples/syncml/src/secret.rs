//! Which nodes hold secrets, by their names \[dm 11.3, mo 3\].

/// Names of standard objects, and what passwords are called elsewhere: a name that ends so, in any case.
const ENDINGS: [&str; 8] = ["secret", "password", "passwd", "passphrase", "pwd", "nonce", "privatekey", "presharedkey"];

/// Whether the value of the node at `uri` is not for the eyes of whoever stands behind.
pub(crate) fn is_secret(uri: &str) -> bool {
    let node = uri.split_once('?').map_or(uri, |(node, _)| node);
    let name = node.rsplit('/').next().unwrap_or(node);
    let lower = name.to_ascii_lowercase();
    // Old accounts have ClientPW and ServerPW; accounts of old networks PasswordHA and the like.
    name.starts_with("AAuthSecret")
        || name.starts_with("AAuthData")
        || name.ends_with("PW")
        || lower.starts_with("password")
        || ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_are_told_by_the_last_name() {
        for secret in
            ["./DMAcc/a/AppAuth/1/AAuthSecret", "AAuthData", "x/ClientPW", "PWD", "PasswordHA", "a/WifiPassword"]
        {
            assert!(is_secret(secret), "{secret}");
        }
        for open in ["./Password/Length", "./AAuthName", "UseNonceResync", "MinPasswordLength", ""] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
