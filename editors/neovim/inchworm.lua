-- Inchworm's findings in migrations, for Neovim 0.7 and newer.
local client -- the one server of this session

local function attach(event)
  local settings = { name = "inchworm", cmd = { "inchworm", "lsp" }, root_dir = vim.fn.getcwd() }
  if vim.lsp.start then -- 0.8 and newer
    vim.lsp.start(settings, { bufnr = event.buf })
  else
    client = client or vim.lsp.start_client(settings)
    vim.lsp.buf_attach_client(event.buf, client)
  end
end

vim.api.nvim_create_autocmd("FileType", { pattern = { "sql", "python" }, callback = attach })
