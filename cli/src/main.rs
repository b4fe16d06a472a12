//! The executable: hands over to the library and ends with its exit code.

#[tokio::main]
async fn main() {
    fangwei_node::memory::give_back_large_buffers();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let text = fangwei_cli::verb::demo::built_in().to_owned();
    let path = std::env::args().nth(1);
    let text = path.map(|p| std::fs::read_to_string(p).unwrap()).unwrap_or(text);
    let mut rows = vec![];
    let mut root = None;
    for line in text.lines().skip(1) {
        let mut p = line.split(',');
        let (code, name) = (p.next().unwrap(), p.next().unwrap());
        let r = root.get_or_insert_with(|| code[..6].parse().unwrap());
        rows.push(fangwei_cli::verb::demo::county::Row {
            unit: fangwei_protocol::work::unit::UnitPath::from_code(code, r).unwrap(),
            name: name.into(),
        });
    }
    let options = fangwei_cli::verb::demo::Options { once: true, rows: None, dir: None };
    let done = fangwei_cli::verb::demo::run(rows, &options, &|k, w| format!("{k} {w:?}")).await;
    println!("{done:?}");
}
