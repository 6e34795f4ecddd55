"""Where pictures live: fetched once from the carrier, cleaned, stored encrypted, handed out by signed links."""
