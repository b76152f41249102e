//! The typed client: one function an operation, generated from the swagger by the build.
