//! Evaluates robots.txt (RFC 9309) as Google's calendar importer does.

/// Returns whether Google's importer may fetch a path. The longest matching rule of its group counts (RFC 9309 §2.2.2).
#[must_use]
pub fn allows(text: &str, path: &str) -> bool {
    let (mut is_named, mut is_head) = (false, false);
    // Longest matching rule of the group for Google and of the group for every robot.
    let mut groups: [Option<(usize, bool)>; 2] = [None, None];
    let mut at = None;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        if key == "user-agent" {
            if !is_head {
                at = None;
            }
            is_head = true;
            let name = value.to_ascii_lowercase();
            match name.as_str() {
                "*" => at = at.or(Some(1)),
                name if name.starts_with("google") => (at, is_named) = (Some(0), true),
                _ => {}
            }
        } else if let ("allow" | "disallow", Some(group)) = (key.as_str(), at) {
            is_head = false;
            let rule = value.trim_end_matches('*');
            let is_longer = groups[group].is_none_or(|(length, _)| rule.len() >= length);
            if !value.is_empty() && path.starts_with(rule) && is_longer {
                groups[group] = Some((rule.len(), key == "allow"));
            }
        } else {
            is_head = false;
        }
    }
    let group = if is_named { groups[0] } else { groups[1] };
    group.is_none_or(|(_, is_allowed)| is_allowed)
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn the_longest_rule_counts() {
        let path = "/calendar.ics";
        assert!(allows("", path) && allows("User-agent: *\nDisallow:\n", path));
        assert!(!allows("User-agent: *\nDisallow: /\n", path));
        assert!(allows("User-agent: *\nDisallow: /\nAllow: /calendar\n", path));
        assert!(!allows(
            "User-agent: Googlebot\nUser-agent: Bing\nDisallow: /cal*\n\nUser-agent: *\nAllow: /\n",
            path
        ));
        assert!(allows("User-agent: Bing\nDisallow: /\n", path));
    }
}
