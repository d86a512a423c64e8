mod frames;
mod multipart;
mod picture;
mod report;
mod statistics;
fn main() {}
