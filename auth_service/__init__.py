"""The door: passwordless sign-in and the registration of keys that provably cannot move money."""
