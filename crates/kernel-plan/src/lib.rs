//! A locked spec and facts become a plan, its keys, and the reasons to build.
